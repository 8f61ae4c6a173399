"""Three kinds of page, as a team keeps them that assembles its landing pages from modules.
Wagtail ships none of its own: every site declares what its pages hold and which of it the API shows."""

from django.db import models
from wagtail.api import APIField
from wagtail.images.api.fields import ImageRenditionField
from wagtail.models import Page


class ComponentPage(Page):
    kind = models.CharField(max_length=20)
    image = models.ForeignKey(
        "wagtailimages.Image", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    api_fields = [
        APIField("kind"),
        APIField("image"),
        APIField("thumbnail", serializer=ImageRenditionField("fill-32x32", source="image")),
    ]


class VariantPage(Page):
    channel = models.CharField(max_length=20)
    text = models.TextField()

    api_fields = [APIField("channel"), APIField("text")]


class ExperiencePage(Page):
    kind = models.CharField(max_length=20)
    channel = models.CharField(max_length=20)

    api_fields = [APIField("kind"), APIField("channel")]
