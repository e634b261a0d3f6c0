"""What a shopper decides about messages: consent asked for and confirmed, preferences, leaving.

No login stands before any of it: a signed link in a message says who asks. What a page or a
route shows and does is here, free of any web framework; reading a page never changes anything.
"""
