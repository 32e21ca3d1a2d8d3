"""Morocco for Qutb: dated values, catalogues, prices and samples. Data only."""
