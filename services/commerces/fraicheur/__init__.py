"""How listings stay true: reminders, links to confirm, and hiding what nobody confirms."""
