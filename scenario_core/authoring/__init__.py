"""What helps an author while writing: advice on a draft, and mends that one click applies."""

from scenario_core.authoring.mends import Mend
from scenario_core.authoring.quality import Advice, Figures, Quality, quality_of

__all__ = ["Advice", "Figures", "Mend", "Quality", "quality_of"]
