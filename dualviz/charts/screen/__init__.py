"""Charts of the pages, drawn by Plotly as plain dictionaries: Streamlit renders them with its own plotly.js.

go.Figure would check what is right already, and costs more than the drawing. The ground is left to the theme.
"""
