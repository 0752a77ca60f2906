"""OCPI 2.2.1 and 2.3.0 Sender: what IRVE becomes, who may read it, how partners are met."""
