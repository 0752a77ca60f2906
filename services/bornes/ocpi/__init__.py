"""OCPI 2.2.1 and 2.3.0 Sender: what IRVE becomes, who may read it, how partners are met.

- what is told: `locations` maps stations, with `adresses`, `connecteurs`, `horaires`,
  `stationnement`; `tarifs` reads prices; `ecriture` has the formats;
- to whom: `partie` is the partner behind a call, `partenaires` their side of the handshake,
  `jetons` their credentials, `erreurs` what they are told; `commands` writes, `queries` reads.
"""
