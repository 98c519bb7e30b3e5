"""`python -m talking_face evaluate`: the figures that the README and the model card state.

`shipped` measures all that ships, part by part (`lips`, `pictures`, `people`); `across_clips` any models on the same
clips; `comparison` sets them side by side on one. Everything is measured on people whom no network or template was
fitted to: the `val` clips, speakers held out of the motion sets, and people held out of the portraits and posed
expressions.
"""
