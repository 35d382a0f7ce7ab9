package io.conclave.internal;

import io.conclave.spi.NodePath;

/** Where a queue's nodes stand: docs/layouts.md, "Queues". An item's key is its lane and its node's name, joined by a dot. */
record QueueLayout(NodePath root, NodePath tail, NodePath lanes, NodePath items, NodePath claims, NodePath deliveries) {
    static final String ITEM_TAG = "item-";

    static QueueLayout of(NodePath root) {
        return new QueueLayout(
                root,
                root.child("tail"),
                root.child("lanes"),
                root.child("items"),
                root.child("claims"),
                root.child("deliveries"));
    }

    NodePath lane(String lane) {
        return lanes.child(lane);
    }

    NodePath itemsOf(String lane) {
        return items.child(lane);
    }

    static String key(NodePath item) {
        return item.parent().name() + "." + item.name();
    }

    static String laneOf(String key) {
        int dot = key.indexOf('.');
        return dot < 0 ? key : key.substring(0, dot);
    }

    /** The item of a key that came from a listing. */
    NodePath item(String key) {
        String lane = laneOf(key);
        return itemsOf(lane).child(key.substring(Math.min(key.length(), lane.length() + 1)));
    }

    NodePath claim(String key) {
        return claims.child(key);
    }

    NodePath delivery(String key) {
        return deliveries.child(key);
    }

    NodePath dead() {
        return root.child("dead");
    }

    NodePath turn() {
        return root.child("turn");
    }

    NodePath room() {
        return root.child("room");
    }
}
