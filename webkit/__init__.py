"""Flask furniture that every web door shares: the app factory, sign-in and guards, errors, language, the design system.

It knows nothing of customers, bills or tickets: a door hands in its ports, its settings and its session store.
"""
