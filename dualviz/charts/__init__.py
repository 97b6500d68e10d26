"""Pictures of a trace: Plotly for the screen, Matplotlib for paper and slides, one palette and one language of forms."""
