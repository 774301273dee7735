"""The keys of ``conf/``: their schema, their errors, and the cell that one composed config becomes."""
