"""Bills of recorded calls: summed by the database, by month, under other rates, part by part."""
