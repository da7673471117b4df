package android.app;

import android.content.Context;
import android.content.Intent;
import android.os.Bundle;
import android.view.View;
import java.util.ArrayList;
import java.util.List;

public class Activity extends Context {
    public View content;
    public final List<String> calls = new ArrayList<>();

    protected void onCreate(Bundle state) {}

    protected void onActivityResult(int request, int result, Intent data) {}

    public void setContentView(View view) {
        content = view;
    }

    public final void requestPermissions(String[] permissions, int request) {
        calls.add("permission " + String.join(" ", permissions));
    }

    public void startActivityForResult(Intent intent, int request) {
        calls.add("activity " + request);
    }
}
