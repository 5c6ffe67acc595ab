"""Addresses of the home page, teams and the outbox."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("team/", views.team, name="team"),
    path("team/new/", views.team_new, name="team_new"),
    path("team/switch/", views.team_switch, name="team_switch"),
    path("team/invite/", views.team_invite, name="team_invite"),
    path("team/members/<int:pk>/role/", views.member_role, name="member_role"),
    path("team/members/<int:pk>/remove/", views.member_remove, name="member_remove"),
    path("team/invitations/<uuid:public_id>/withdraw/", views.invitation_withdraw, name="team_invitation_withdraw"),
    path("join/<str:token>/", views.team_join, name="team_join"),
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<int:pk>/", views.outbox_mail, name="outbox_mail"),
]
