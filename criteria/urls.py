from django.urls import path

from criteria import (
    carry_over_views,
    catalogue_views,
    cell_views,
    evidence_views,
    exchange_views,
    matrix_views,
    unit_views,
    views,
)

commune_patterns = [
    path("", views.commune_list, name="list"),
    path("changes/", unit_views.change_list, name="changes"),
    path("changes/<str:kind>/", unit_views.change_new, name="change"),
    path("<str:code>/", views.commune_detail, name="detail"),
    path("<str:code>/predecessors/", unit_views.predecessors, name="predecessors"),
    path("<str:code>/criteria/<int:number>/", matrix_views.criterion_detail, name="criterion"),
    path("<str:code>/sub-items/<str:sub_item>/", cell_views.cell_detail, name="cell"),
    path("<str:code>/sub-items/<str:sub_item>/undo/", cell_views.cell_undo, name="cell-undo"),
    path("<str:code>/sub-items/<str:sub_item>/plan/", cell_views.cell_plan, name="cell-plan"),
]

catalogue_patterns = [
    path("", views.catalogue, name="catalogue"),
    path("<int:number>/verification/", catalogue_views.verification, name="verification"),
]

matrix_patterns = [
    path("", matrix_views.matrix_page, name="matrix"),
    path("paste/", matrix_views.matrix_paste, name="matrix-paste"),
    path("paste/undo/", matrix_views.matrix_paste_undo, name="matrix-paste-undo"),
    path("confirm/", matrix_views.matrix_confirm, name="matrix-confirm"),
]

exchange_patterns = [
    path("matrix/", exchange_views.matrix_workbook, name="matrix"),
    path("status/", exchange_views.status_page, name="status"),
    path("status/workbook/", exchange_views.status_workbook, name="status-workbook"),
    path("status/<str:token>/", exchange_views.status_preview, name="status-preview"),
    path("criteria-set/", exchange_views.criteria_set_page, name="criteria-set"),
    path("criteria-set/workbook/", exchange_views.criteria_set_workbook, name="criteria-set-workbook"),
    path("criteria-set/<str:token>/", exchange_views.criteria_set_preview, name="criteria-set-preview"),
    path("units/", exchange_views.units_page, name="units"),
    path("units/workbook/", exchange_views.units_workbook, name="units-workbook"),
    path("units/<str:token>/", exchange_views.units_preview, name="units-preview"),
    path("carry-over/", carry_over_views.carry_over_page, name="carry-over"),
    path("carry-over/<str:token>/", carry_over_views.carry_over_preview, name="carry-over-preview"),
]

evidence_patterns = [
    path("evidence/", evidence_views.overview, name="overview"),
    path("evidence/<str:token>/", evidence_views.download, name="download"),
    path("evidence/<str:token>/thumb/", evidence_views.thumb, name="thumb"),
    path("evidence/<str:token>/edit/", evidence_views.edit, name="edit"),
    path("evidence/<str:token>/place/", evidence_views.place, name="place"),
    path("evidence/<str:token>/delete/", evidence_views.delete, name="delete"),
    path("communes/<str:code>/evidence/", evidence_views.board, name="board"),
    path("communes/<str:code>/evidence/upload/", evidence_views.upload, name="upload"),
    path("communes/<str:code>/evidence/<str:sub_item>/", evidence_views.of_sub_item, name="of_sub_item"),
]
