from yiju.app.explainer import Explainer as Explainer

__version__: str
