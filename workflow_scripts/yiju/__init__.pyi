from yiju.app.explainer import Explainer as Explainer
from yiju.app.run_tables import load_run as load_run

__version__: str
