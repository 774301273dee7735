"""The HTML report: one page of templates, figures as places in percent, no script."""
