"""The maths of figures: intervals, resampling, clusters of calls, agreement of raters."""
