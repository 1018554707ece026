CREATE DATABASE grouping;
CREATE DATABASE deduplication;
