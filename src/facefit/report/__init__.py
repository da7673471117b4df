"""What a run looks like: figures as PNG or SVG, and one self-contained HTML page."""

from facefit.report.drawing import check_figure_name, save_figure
from facefit.report.figures import confusion_figure, latency_figure, search_figure
from facefit.report.fleet import FleetDevice, FleetReport
from facefit.report.fleet_drawing import fleet_figure
from facefit.report.page import render_fleet, render_report, write_fleet_page, write_report
from facefit.report.profile_drawing import profile_figure
from facefit.report.run import FinalistRow, MeasuredAccuracy, Reference, RunReport, SearchedPoints
from facefit.report.subnet_drawing import subnet_figure

__all__ = [
    "FinalistRow",
    "FleetDevice",
    "FleetReport",
    "MeasuredAccuracy",
    "Reference",
    "RunReport",
    "SearchedPoints",
    "check_figure_name",
    "confusion_figure",
    "fleet_figure",
    "latency_figure",
    "profile_figure",
    "render_fleet",
    "render_report",
    "save_figure",
    "search_figure",
    "subnet_figure",
    "write_fleet_page",
    "write_report",
]
