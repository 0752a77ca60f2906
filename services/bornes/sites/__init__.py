"""Sites of the deployment: declared, followed event by event, shown as they were on a day."""
