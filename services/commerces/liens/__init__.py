"""Mailed links: `commands` sends and follows them, `pages` is what people see of one."""
