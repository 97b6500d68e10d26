// The laboratory on the static site.

import { mountLaboratory } from "../laboratory/laboratory.js";
import { openRoom } from "./room.js";
