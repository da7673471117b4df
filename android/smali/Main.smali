# The only activity: a WebView that shows the page from the app's own files.
.class public Lorg/facefit/app/Main;
.super Landroid/app/Activity;

.field web:Landroid/webkit/WebView;
.field files:Landroid/webkit/ValueCallback;

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/app/Activity;-><init>()V
    return-void
.end method

.method protected onCreate(Landroid/os/Bundle;)V
    .registers 6
    invoke-super {p0, p1}, Landroid/app/Activity;->onCreate(Landroid/os/Bundle;)V
    new-instance v0, Landroid/webkit/WebView;
    invoke-direct {v0, p0}, Landroid/webkit/WebView;-><init>(Landroid/content/Context;)V
    iput-object v0, p0, Lorg/facefit/app/Main;->web:Landroid/webkit/WebView;
    invoke-virtual {v0}, Landroid/webkit/WebView;->getSettings()Landroid/webkit/WebSettings;
    move-result-object v1
    const/4 v2, 0x1
    invoke-virtual {v1, v2}, Landroid/webkit/WebSettings;->setJavaScriptEnabled(Z)V
    invoke-virtual {v1, v2}, Landroid/webkit/WebSettings;->setDomStorageEnabled(Z)V
    const/4 v2, 0x0
    invoke-virtual {v1, v2}, Landroid/webkit/WebSettings;->setMediaPlaybackRequiresUserGesture(Z)V
    invoke-virtual {v1, v2}, Landroid/webkit/WebSettings;->setAllowFileAccess(Z)V
    new-instance v1, Lorg/facefit/app/Page;
    invoke-direct {v1, p0}, Lorg/facefit/app/Page;-><init>(Landroid/app/Activity;)V
    invoke-virtual {v0, v1}, Landroid/webkit/WebView;->setWebViewClient(Landroid/webkit/WebViewClient;)V
    new-instance v1, Lorg/facefit/app/Chrome;
    invoke-direct {v1, p0}, Lorg/facefit/app/Chrome;-><init>(Lorg/facefit/app/Main;)V
    invoke-virtual {v0, v1}, Landroid/webkit/WebView;->setWebChromeClient(Landroid/webkit/WebChromeClient;)V
    invoke-virtual {p0, v0}, Lorg/facefit/app/Main;->setContentView(Landroid/view/View;)V
    # Android asks for the camera once; the page says so where it was refused.
    const/4 v1, 0x1
    new-array v1, v1, [Ljava/lang/String;
    const-string v2, "android.permission.CAMERA"
    const/4 v3, 0x0
    aput-object v2, v1, v3
    invoke-virtual {p0, v1, v3}, Lorg/facefit/app/Main;->requestPermissions([Ljava/lang/String;I)V
    const-string v1, "https://appassets.androidplatform.net/"
    invoke-virtual {v0, v1}, Landroid/webkit/WebView;->loadUrl(Ljava/lang/String;)V
    return-void
.end method

# The photo that was picked goes to the page; null if none was.
.method protected onActivityResult(IILandroid/content/Intent;)V
    .registers 6
    invoke-super {p0, p1, p2, p3}, Landroid/app/Activity;->onActivityResult(IILandroid/content/Intent;)V
    iget-object v0, p0, Lorg/facefit/app/Main;->files:Landroid/webkit/ValueCallback;
    if-eqz v0, :done
    invoke-static {p2, p3}, Landroid/webkit/WebChromeClient$FileChooserParams;->parseResult(ILandroid/content/Intent;)[Landroid/net/Uri;
    move-result-object v1
    invoke-interface {v0, v1}, Landroid/webkit/ValueCallback;->onReceiveValue(Ljava/lang/Object;)V
    const/4 v1, 0x0
    iput-object v1, p0, Lorg/facefit/app/Main;->files:Landroid/webkit/ValueCallback;
    :done
    return-void
.end method
