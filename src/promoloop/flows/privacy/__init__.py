"""Answer people: everything held on one of them, or its erasure with a signed receipt."""
