"""The steps of replanning; ``scheduler.replan`` is the door and reads as their order."""
