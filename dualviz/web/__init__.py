"""The app behind its pages: session, link, controls, uploads, the pictures that can be chosen."""
