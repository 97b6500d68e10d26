"""What the Detections page shows below its pictures, a module a tab."""
