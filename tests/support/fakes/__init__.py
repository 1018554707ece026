# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""restic, the Docker engine and PostgreSQL as objects in memory, standing where commands are started.

The engine's own command lines and parsers run. That a fake answers as the real thing does is decided by the cases of
``support.contracts``, which both have to pass.
"""
