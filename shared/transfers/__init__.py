"""Files that come and go.

`uploads` and `imports` receive them, `files` reads them, `misread` restores texts that were read in
the wrong way; `spreadsheets`, `lists`, `downloads` and `waiting` send them; `tables` reads our own.
"""
