CREATE TABLE delivery_reporter (
    delivery_id {uuid} NOT NULL,
    source_id {uuid} NOT NULL,
    facts bigint NOT NULL,
    PRIMARY KEY (delivery_id, source_id)
){clustered};
CREATE TABLE contested_delivery (
    delivery_id {uuid} NOT NULL PRIMARY KEY
){clustered};
INSERT INTO delivery_reporter (delivery_id, source_id, facts)
SELECT delivery_id, source_id, count(*) FROM performance_fact WHERE delivery_id IS NOT NULL GROUP BY delivery_id, source_id;
INSERT INTO contested_delivery (delivery_id)
SELECT delivery_id FROM delivery_reporter GROUP BY delivery_id HAVING count(*) > 1;
