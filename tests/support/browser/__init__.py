"""A browser without a screen: cookies, forms, redirects and the headers by which pages defend themselves.

    async with Browser() as browser:
        consent = await browser.get(start_url)
        redirect = await browser.submit(consent, button="approve", until=lambda url: url.startswith(callback_url))
        finished = await browser.get(redirect.location)

It runs no script, and it knows no content security policy: what rests on those is tested in a real browser.
"""

from tests.support.browser.browser import Browser
from tests.support.browser.cookies import Cookie
from tests.support.browser.pages import Button, Form, Page

__all__ = ["Browser", "Button", "Cookie", "Form", "Page"]
