"""Tables and plots of measurements."""

from talking_face import markdown
from talking_face.evaluation.footprint import COST
from talking_face.evaluation.scores import FACE, PICTURE

TABLES = {"Picture": PICTURE, "Face": FACE, "Cost": COST}
STILL = "0.6"  # colour of the still photo: grey
WIDTH = 0.6  # of a bar
SHOWN = 4  # clips whose lips are plotted


def comparison_tables(results):
    """Markdown tables with a row a measure and a column a model, narrow enough for a phone.

    Parameters
    ----------
    results : dict of str to dict of str to float
        Model -> measure's key -> mean; a model may lack measures.

    Returns
    -------
    str
    """
    parts = []
    for title, measures in TABLES.items():
        rows = [[measure.title, *(measure.cell(values, "-") for values in results.values())] for measure in measures]
        parts.append(f"### {title}\n\n{markdown.table(['measure', *results], rows)}")
    return "\n".join(parts)


def plot_bars(folder, results):
    """Write a bar chart a measure, `KEY.png`; results as for `comparison_tables`, the still photo first."""
    from matplotlib.figure import Figure

    colours = {model: STILL if index == 0 else f"C{index - 1}" for index, model in enumerate(results)}
    for measure in (measure for measures in TABLES.values() for measure in measures):
        values = {model: means[measure.key] for model, means in results.items() if measure.key in means}
        figure = Figure(figsize=(1.5 + 1.3 * len(values), 3.2), layout="constrained")
        axes = figure.subplots()
        bars = axes.bar(list(values), list(values.values()), WIDTH, color=[colours[model] for model in values])
        axes.bar_label(bars, fmt=f"%.{measure.digits}f", padding=2)
        axes.margins(y=0.12)
        axes.set_title(f"{measure.title} ({_AIMS[measure.better]})", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(folder / f"{measure.key}.png", dpi=120)


def plot_lips(path, openings):
    """Plot lip opening over time, a clip a row.

    Parameters
    ----------
    path : path
        PNG file.
    openings : dict of str to dict of str to ndarray, (T,)
        Clip -> speaker or model -> opening in eye distances; the first is the real speaker's. The first few clips are
        shown.
    """
    from matplotlib.figure import Figure

    from talking_face.media.frame_rate import FPS

    shown = list(openings.items())[:SHOWN]
    figure = Figure(figsize=(10, 2.2 * len(shown) + 0.6), layout="constrained")
    for axes, (clip, curves) in zip(figure.subplots(len(shown), squeeze=False)[:, 0], shown):
        for index, (name, opening) in enumerate(curves.items()):
            style = {"color": "black", "linewidth": 2} if index == 0 else {"color": f"C{index - 1}", "linewidth": 1.2}
            axes.plot([frame / FPS for frame in range(len(opening))], opening, label=name, **style)
        axes.set_title(clip, fontsize=9, loc="left")
        axes.set_ylabel("lip opening")
        axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("seconds")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper right", ncols=len(curves), frameon=False)
    figure.savefig(path, dpi=120)


_AIMS = {"up": "higher is better", "down": "lower is better", "one": "1 is best"}
