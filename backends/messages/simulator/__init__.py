"""A stand-in for Twilio: its HTTP for messages, its signed status callbacks and inbound messages.

Pages followed (www.twilio.com/docs): messaging/api/message-resource, usage/twilios-response, usage/security,
messaging/guides/outbound-message-status-in-status-callbacks, messaging/guides/webhook-request, iam/test-credentials,
glossary/what-is-gsm-7-character-encoding.
"""
