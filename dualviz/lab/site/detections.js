// The detections on the static site.

import { mountDetections } from "../detections/detections.js";
import { openRoom } from "./room.js";
