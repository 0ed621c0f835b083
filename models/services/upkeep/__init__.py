"""How the desk looks after itself: its health, its tokens, what it forgets and what it learns."""
