"""The training wing: how the bundled detectors were made, with the same maths and the same network as the app."""
