"""What may happen at the desk: functions of an open session and the time that change rows and never commit."""
