"""The list of a commune's shops that its own site embeds: a page, a script, a style sheet."""
