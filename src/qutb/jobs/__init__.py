"""Jobs and investment: ranges with the rows they rest on, never one bare number.

    direct job-years of a trade = cost of its works x share of labour / cost of a job-year
    indirect, induced           = direct x ratio of the table ``ratios``
    building job-years          = floor area x building cost x direct job-years for each unit of money
    operating jobs              = capacity: floor over floor for each worker, rooms x jobs for each room

The low end takes the low share of labour and the high cost of a job-year, the high end the other way round. A
job-year is one person for a year; people at work in a month are job-years of that month x 12. Direct jobs follow the
money spent month by month. Left out: displacement of other jobs, which CDG deducts and nobody has measured here.
"""

from qutb.jobs.step import Jobs, run
from qutb.jobs.tables import MONTHS, POLE, RATIOS, TRADES, USES

__all__ = ["MONTHS", "POLE", "RATIOS", "TRADES", "USES", "Jobs", "run"]
