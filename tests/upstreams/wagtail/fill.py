"""What `fill` hands to the management shell: 45 images with tags, and pages of three kinds below the home page.
More images than two pages of the API hold; names, sizes and dates are the same in every run."""

import io
from datetime import datetime, timedelta, timezone

from content.models import ComponentPage, ExperiencePage, VariantPage
from django.conf import settings
from django.core.files.images import ImageFile
from django.db import transaction
from PIL import Image as Picture
from wagtail.images import get_image_model
from wagtail.models import Site

START = datetime(2026, 1, 5, 9, tzinfo=timezone.utc)
KINDS = ["HEADLINE", "BODY", "IMAGE", "CALL_TO_ACTION"]


def add_image(at):
    file = io.BytesIO()
    Picture.new("RGB", (64 + at, 48), (at * 5, 90, 160)).save(file, "PNG")
    image = get_image_model()(title=f"Hero {at:02}", file=ImageFile(file, name=f"hero-{at:02}.png"))
    image.save()
    image.tags.add(("brand", "campaign-x")[at % 2], f"season-{at % 4}")
    return image


def add_page(parent, page, at):
    page.first_published_at = page.last_published_at = START + timedelta(days=at)
    return parent.add_child(instance=page)


with transaction.atomic():
    images = [add_image(at) for at in range(1, 46)]
    site = Site.objects.get(is_default_site=True)
    site.hostname, site.port = "127.0.0.1", settings.PORT
    site.save()
    home = site.root_page.specific
    home.title = "Home"
    home.save()
    for at in range(1, 13):
        kind = KINDS[at % len(KINDS)]
        component = ComponentPage(title=f"Component {at:02}", kind=kind, image=images[at - 1])
        component = add_page(home, component, at)
        for channel in ("email", "web"):
            text = f"Component {at:02} as {channel} says it"
            variant = VariantPage(title=f"Component {at:02}, {channel}", channel=channel, text=text)
            add_page(component, variant, at)
    for at in range(1, 7):
        add_page(home, ExperiencePage(title=f"Landing page {at}", channel="web", kind="PAGE"), at)
