# What the page asks of the phone: the camera, and photos from the gallery.
.class public Lorg/facefit/app/Chrome;
.super Landroid/webkit/WebChromeClient;

.field final main:Lorg/facefit/app/Main;

.method public constructor <init>(Lorg/facefit/app/Main;)V
    .registers 2
    invoke-direct {p0}, Landroid/webkit/WebChromeClient;-><init>()V
    iput-object p1, p0, Lorg/facefit/app/Chrome;->main:Lorg/facefit/app/Main;
    return-void
.end method

# Only the page in this app is ever loaded, so it gets what it asks for; Android's own permission stands above that.
.method public onPermissionRequest(Landroid/webkit/PermissionRequest;)V
    .registers 3
    invoke-virtual {p1}, Landroid/webkit/PermissionRequest;->getResources()[Ljava/lang/String;
    move-result-object v0
    invoke-virtual {p1, v0}, Landroid/webkit/PermissionRequest;->grant([Ljava/lang/String;)V
    return-void
.end method

.method public onShowFileChooser(Landroid/webkit/WebView;Landroid/webkit/ValueCallback;Landroid/webkit/WebChromeClient$FileChooserParams;)Z
    .registers 7
    iget-object v0, p0, Lorg/facefit/app/Chrome;->main:Lorg/facefit/app/Main;
    iput-object p2, v0, Lorg/facefit/app/Main;->files:Landroid/webkit/ValueCallback;
    invoke-virtual {p3}, Landroid/webkit/WebChromeClient$FileChooserParams;->createIntent()Landroid/content/Intent;
    move-result-object v1
    const/4 v2, 0x1
    invoke-virtual {v0, v1, v2}, Lorg/facefit/app/Main;->startActivityForResult(Landroid/content/Intent;I)V
    const/4 v0, 0x1
    return v0
.end method
