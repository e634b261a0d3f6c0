"""Who may read a text before it goes out: states, a first reader, and edits proven again."""
