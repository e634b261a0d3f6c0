"""promoloop: personalised e-commerce promotions that earn more than they cost."""

__all__ = ["__version__"]

__version__ = "0.1.0"
