"""Ports: what the world outside does for us, each a Protocol with a local default that needs no network.

`messages` (to mail and phone; `mail` is SMTP, `messengers` chooses), `letters` (what waits to be sent), `identity`
(sign-in with somebody else's account).
"""
