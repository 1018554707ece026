# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two PostgreSQL servers and a volume of files, laid by hand: a release that no playbook has to make."""

from pathlib import Path

from integration.guards.throwaway import FILES

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DOWN = "cd /opt/photo-sync/current && docker compose down -v 2>/dev/null"

PROVISION = """
set -e
mkdir -p /etc/docker
echo '{"insecure-registries": ["depot.test:5000"]}' >/etc/docker/daemon.json
systemctl restart docker
"""

CLEAR = """
set -e
docker ps -aq | xargs -r docker rm -f >/dev/null
docker volume ls -q | xargs -r docker volume rm >/dev/null
rm -rf /opt/photo-sync /etc/photo-sync /var/lib/photo-sync /root/repo /root/kept
mkdir -p /opt/photo-sync/releases/0123456789ab /opt/photo-sync/config /etc/photo-sync
cp /root/stack.json /root/compose.yaml /opt/photo-sync/releases/0123456789ab/
echo COMPOSE_FILE=compose.yaml >/opt/photo-sync/releases/0123456789ab/.env
ln -s releases/0123456789ab /opt/photo-sync/current
echo a-password >/etc/photo-sync/restic-password
echo '{"repository": "/root/repo", "password_file": "/etc/photo-sync/restic-password", "host": "web1",
       "retention": {"keep_last": 2}}' >/etc/photo-sync/backup.json
"""

FILL = f"""
set -e
cd /opt/photo-sync/current
docker compose up -d --wait 2>/dev/null
python3 /root/drive.py ensure
mkdir -p {FILES}/upload/1 {FILES}/library {FILES}/empty
for number in $(seq 1 20); do head -c 200000 /dev/urandom >{FILES}/upload/1/$number.jpg; done
echo 1 >{FILES}/upload/.immich
ln -s 1.jpg {FILES}/upload/1/link
chown -R 1000:1000 {FILES}
chown 1234:4321 {FILES}/upload/1/2.jpg
chmod 0640 {FILES}/upload/1/3.jpg
chmod 2755 {FILES}/library
chmod 0750 {FILES}
"""

IMMICH = """
CREATE EXTENSION vector;
ALTER DATABASE immich SET search_path TO "$user", public, vectors;
CREATE TABLE asset
    (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), path text, taken timestamptz DEFAULT now(), exif jsonb);
INSERT INTO asset (path, exif) SELECT '/upload/' || i, jsonb_build_object('iso', i) FROM generate_series(1, 500) i;
CREATE TABLE smart_search (id int PRIMARY KEY, embedding vector(64));
INSERT INTO smart_search
    SELECT i, (SELECT array_agg(random()) FROM generate_series(1, 64) WHERE i > 0)::vector
    FROM generate_series(1, 500) i;
CREATE INDEX ON smart_search USING hnsw (embedding vector_cosine_ops);
"""
