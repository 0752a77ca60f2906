"""The directory of shops « Mes commerces à domicile » of the Métropole du Grand Paris."""
