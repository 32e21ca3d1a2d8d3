"""Networks: water, drainage, power, fibre and streets, laid out, sized and proved."""
