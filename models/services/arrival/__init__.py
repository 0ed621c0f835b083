"""How a message comes to the desk: by a door or from a folder into the spool, and out of it to the reader."""
