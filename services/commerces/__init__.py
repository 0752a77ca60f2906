"""The shop directory « Mes commerces à domicile » of the Métropole du Grand Paris."""
