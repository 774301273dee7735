"""One request on its way: within the account's limits, tried again, never beyond the budget."""
