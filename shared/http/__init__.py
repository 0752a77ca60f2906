"""HTTP around any route of any service.

`bodies` receives what is sent, `replies` and `responses` what is answered, with `compression`;
`methods` adds HEAD and OPTIONS, `cors` lets browsers read; `media` names the types, `addresses` the
public base of links; `html` builds pages, `frame` what they all have.
"""
