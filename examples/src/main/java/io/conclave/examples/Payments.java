package io.conclave.examples;

import io.conclave.fencing.FencingGate;
import io.conclave.fencing.StaleTokenException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Rows in a database that only the present holder of a lock may write. */
public final class Payments {
    private final DataSource database;

    /** Payments in this database, which has the tables {@code payments} and {@code fencing_marks}. */
    public Payments(DataSource database) {
        this.database = database;
    }

    // snippet:jdbc
    /** Adds a row; StaleTokenException, and no row, if a later holder was here before. */
    public void add(long fencingToken, String payment) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                FencingGate.of("payments", new JdbcMarkStore(connection)).enterExclusive(fencingToken);
                insert(connection, fencingToken, payment);
                connection.commit();
            } catch (SQLException | StaleTokenException | JdbcMarkStore.Failure refused) {
                connection.rollback();
                throw refused;
            }
        }
    }
    // end

    private static void insert(Connection connection, long fencingToken, String payment) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO payments (token, payment) VALUES (?, ?)")) {
            insert.setLong(1, fencingToken);
            insert.setString(2, payment);
            insert.executeUpdate();
        }
    }
}
