"""A stand-in for Stripe: its HTTP, its pay page, its signed events. Speaks as Stripe's own documents say.

Pages followed (docs.stripe.com): api/errors, api/idempotent_requests, api/pagination, api/checkout/sessions,
api/payment_intents, api/events, webhooks, checkout/fulfillment. Where it knows less than Stripe it refuses.
"""
