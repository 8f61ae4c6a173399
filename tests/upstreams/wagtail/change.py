"""What `change` hands to the management shell."""

from wagtail.images import get_image_model

image = get_image_model().objects.order_by("id").first()
image.title = "Hero 01" if image.title == "Hero 01, renamed" else "Hero 01, renamed"
image.save()
