from yiju.explainer import Explainer as Explainer

__version__: str
